/**
 * The panel in the block editor: ask for a digest, look at each item with its
 * evidence, decide, and put the section in. All texts go through React as text.
 * Changes no block but our own section; saving the post is left to the editor.
 */
( function ( wp ) {
	'use strict';

	var createElement = wp.element.createElement;
	var useState = wp.element.useState;
	var useEffect = wp.element.useEffect;
	var useRef = wp.element.useRef;
	var __ = wp.i18n.__;
	var sprintf = wp.i18n.sprintf;
	var Button = wp.components.Button;
	var Notice = wp.components.Notice;
	var PanelBody = wp.components.PanelBody;
	// In wp.editor since WordPress 6.6, where the older place only warns.
	var hasNewPlace = wp.editor && wp.editor.PluginSidebar;
	var PluginSidebar = hasNewPlace ? wp.editor.PluginSidebar : wp.editPost.PluginSidebar;
	var PluginSidebarMoreMenuItem = hasNewPlace
		? wp.editor.PluginSidebarMoreMenuItem
		: wp.editPost.PluginSidebarMoreMenuItem;

	var BLOCK_CLASS = 'afterword-digest';
	var POLL_MILLISECONDS = 5000;
	var SLOW_POLL_MILLISECONDS = 30000;
	var FAST_POLLS = 60;

	/**
	 * Our sections among the editor's blocks, at any depth.
	 *
	 * @param {Object[]} blocks Of the editor.
	 * @return {Object[]} Blocks.
	 */
	function findSections( blocks ) {
		return blocks.reduce( function ( found, block ) {
			var classes = ( ( block.attributes && block.attributes.className ) || '' ).split( /\s+/ );
			var isOurs = block.name === 'core/group' && classes.indexOf( BLOCK_CLASS ) !== -1;
			return found.concat( isOurs ? [ block ] : findSections( block.innerBlocks || [] ) );
		}, [] );
	}

	/**
	 * Puts a section where ours stands, or at the end. Further copies go.
	 *
	 * @param {string} markup Of the section.
	 */
	function putSection( markup ) {
		var editor = wp.data.select( 'core/block-editor' );
		var actions = wp.data.dispatch( 'core/block-editor' );
		var blocks = wp.blocks.parse( markup );
		var sections = findSections( editor.getBlocks() );
		if ( sections.length === 0 ) {
			actions.insertBlocks( blocks, editor.getBlockCount(), '', false );
			return;
		}
		if ( sections.length > 1 ) {
			actions.removeBlocks(
				sections.slice( 1 ).map( function ( block ) {
					return block.clientId;
				} ),
				false
			);
		}
		actions.replaceBlocks( [ sections[ 0 ].clientId ], blocks );
	}

	/**
	 * Calls a route of ours for the post that is open.
	 *
	 * @param {number} postId Of the post.
	 * @param {string} path   Below the post.
	 * @param {Object} data   Of a POST; a GET without.
	 * @return {Promise} The answer.
	 */
	function call( postId, path, data ) {
		var request = { path: '/afterword/v1/posts/' + postId + path };
		if ( data ) {
			request.method = 'POST';
			request.data = data;
		}
		return wp.apiFetch( request );
	}

	function Evidence( props ) {
		return createElement(
			'div',
			null,
			createElement( 'p', null, props.sentence.text ),
			props.sentence.evidence.map( function ( place, index ) {
				return createElement( 'blockquote', { key: index }, place.quote );
			} )
		);
	}

	function Item( props ) {
		var item = props.item;
		var titles = { summary: __( 'Summary', 'afterword' ), related: __( 'Related topics', 'afterword' ) };
		var sentences = item.sentences.length
			? item.sentences.map( function ( sentence, index ) {
					return createElement( Evidence, { key: index, sentence: sentence } );
			  } )
			: createElement( 'p', null, item.text );
		function choice( state, text ) {
			var isChosen = item.decision === state;
			return createElement(
				Button,
				{
					variant: isChosen ? 'primary' : 'secondary',
					'aria-pressed': isChosen,
					disabled: props.isBusy,
					'data-afterword': state,
					onClick: function () {
						props.onDecide( item.key, isChosen ? 'pending' : state );
					},
				},
				text
			);
		}
		return createElement(
			'div',
			{ className: 'afterword-item' + ( item.stale ? ' is-stale' : '' ), 'data-kind': item.kind },
			createElement( 'h3', null, item.question || titles[ item.kind ] ),
			item.stale
				? createElement(
						'p',
						null,
						createElement(
							'strong',
							null,
							__( 'Out of date: the article no longer says this. It is left out.', 'afterword' )
						)
				  )
				: null,
			sentences,
			choice( 'approved', __( 'Approve', 'afterword' ) ),
			choice( 'rejected', __( 'Reject', 'afterword' ) ),
			/* translators: %s: a user's name. */
			item.by ? createElement( 'p', null, sprintf( __( 'Decided by %s', 'afterword' ), item.by ) ) : null
		);
	}

	/**
	 * What the state of the job and of the digest is, in a sentence.
	 *
	 * @param {Object} state As the route gives it.
	 * @return {Object} status and text of a notice.
	 */
	function describe( state ) {
		var job = state.job;
		if ( job && ( job.state === 'queued' || job.state === 'sent' ) ) {
			return job.error
				? {
						status: 'warning',
						/* translators: %s: a message. */
						text: sprintf( __( 'Waiting; it is tried again by itself. %s', 'afterword' ), job.error ),
				  }
				: { status: 'info', text: __( 'The article is being read.', 'afterword' ) };
		}
		if ( job && job.error ) {
			return { status: 'error', text: job.error };
		}
		if ( ! state.digest ) {
			return { status: 'info', text: __( 'Nothing has been generated for this post yet.', 'afterword' ) };
		}
		if ( state.digest.stale ) {
			return { status: 'warning', text: __( 'The article has changed since this was generated.', 'afterword' ) };
		}
		if ( state.section === 'edited' ) {
			return { status: 'info', text: __( 'The section in the post was edited by hand.', 'afterword' ) };
		}
		if ( state.section === 'current' ) {
			return { status: 'success', text: __( 'The section in the post is up to date.', 'afterword' ) };
		}
		return { status: 'info', text: __( 'Decide on each item, then insert the section.', 'afterword' ) };
	}

	function Panel() {
		var post = wp.data.useSelect( function ( select ) {
			var editor = select( 'core/editor' );
			return {
				id: editor.getCurrentPostId(),
				isSaving: editor.isSavingPost() && ! editor.isAutosavingPost(),
				hasSection: findSections( select( 'core/block-editor' ).getBlocks() ).length > 0,
			};
		}, [] );
		var stateHook = useState( null );
		var state = stateHook[ 0 ];
		var setState = stateHook[ 1 ];
		var busyHook = useState( false );
		var isBusy = busyHook[ 0 ];
		var setBusy = busyHook[ 1 ];
		var errorHook = useState( null );
		var error = errorHook[ 0 ];
		var setError = errorHook[ 1 ];
		var polls = useRef( 0 );
		var isPending = !! ( state && state.job && [ 'queued', 'sent' ].indexOf( state.job.state ) !== -1 );

		function run( path, data ) {
			setBusy( true );
			setError( null );
			return call( post.id, path, data )
				.then( function ( answer ) {
					if ( answer.section !== undefined ) {
						setState( answer );
					}
					return answer;
				} )
				.catch( function ( reason ) {
					setError( { code: reason.code, message: reason.message } );
				} )
				.finally( function () {
					setBusy( false );
				} );
		}

		useEffect(
			function () {
				if ( post.id && ! post.isSaving ) {
					run( '' );
				}
			},
			[ post.id, post.isSaving ]
		);

		useEffect(
			function () {
				if ( ! isPending ) {
					polls.current = 0;
					return;
				}
				var wait = polls.current < FAST_POLLS ? POLL_MILLISECONDS : SLOW_POLL_MILLISECONDS;
				var timer = setTimeout( function () {
					polls.current++;
					run( '' );
				}, wait );
				return function () {
					clearTimeout( timer );
				};
			},
			[ state ]
		);

		function decide( decisions ) {
			run( '/review', { decisions: decisions } );
		}

		function insert( force ) {
			var sections = findSections( wp.data.select( 'core/block-editor' ).getBlocks() );
			var present = sections.length ? wp.blocks.serialize( [ sections[ 0 ] ] ) : '';
			run( '/markup', { section: present, force: force } ).then( function ( answer ) {
				if ( ! answer ) {
					return;
				}
				putSection( answer.markup );
				wp.data
					.dispatch( 'core/notices' )
					.createInfoNotice( __( 'The section stands in the post. It is published when you save.', 'afterword' ), {
						type: 'snackbar',
						id: 'afterword-inserted',
					} );
			} );
		}

		if ( ! state ) {
			return createElement(
				PanelBody,
				null,
				createElement( 'p', null, error ? error.message : __( 'Loading…', 'afterword' ) )
			);
		}
		var items = state.digest ? state.digest.items : [];
		var open = items.filter( function ( item ) {
			return item.decision === 'pending' && ! item.stale;
		} );
		var isApproved = items.some( function ( item ) {
			return item.decision === 'approved' && ! item.stale;
		} );
		var notice = describe( state );
		return createElement(
			PanelBody,
			{ className: 'afterword-panel' },
			createElement( Notice, { status: notice.status, isDismissible: false }, notice.text ),
			error ? createElement( Notice, { status: 'error', isDismissible: false }, error.message ) : null,
			createElement( 'p', null ),
			createElement(
				Button,
				{
					variant: items.length ? 'secondary' : 'primary',
					disabled: isBusy || isPending,
					'data-afterword': 'generate',
					onClick: function () {
						run( '/queue', { force: items.length > 0 } );
					},
				},
				items.length ? __( 'Generate again', 'afterword' ) : __( 'Generate', 'afterword' )
			),
			open.length
				? createElement(
						Button,
						{
							variant: 'secondary',
							disabled: isBusy,
							'data-afterword': 'approve-all',
							onClick: function () {
								var decisions = {};
								open.forEach( function ( item ) {
									decisions[ item.key ] = 'approved';
								} );
								decide( decisions );
							},
						},
						__( 'Approve all', 'afterword' )
				  )
				: null,
			isApproved
				? createElement(
						Button,
						{
							variant: 'primary',
							disabled: isBusy,
							'data-afterword': 'insert',
							onClick: function () {
								insert( !! error && error.code === 'afterword_edited' );
							},
						},
						// The second press after the warning that the section was edited.
						error && error.code === 'afterword_edited'
							? __( 'Replace my edits', 'afterword' )
							: post.hasSection
							? __( 'Replace section', 'afterword' )
							: __( 'Insert section', 'afterword' )
				  )
				: null,
			items.map( function ( item ) {
				return createElement( Item, {
					key: item.key,
					item: item,
					isBusy: isBusy,
					onDecide: function ( key, decision ) {
						var decisions = {};
						decisions[ key ] = decision;
						decide( decisions );
					},
				} );
			} )
		);
	}

	wp.plugins.registerPlugin( 'afterword', {
		icon: 'editor-help',
		render: function () {
			return createElement(
				wp.element.Fragment,
				null,
				createElement( PluginSidebarMoreMenuItem, { target: 'afterword' }, __( 'Afterword', 'afterword' ) ),
				createElement(
					PluginSidebar,
					{ name: 'afterword', title: __( 'Afterword', 'afterword' ) },
					createElement( Panel )
				)
			);
		},
	} );
} )( window.wp );
